"""The thread boundary: one asyncio loop in one QThread, one signal that crosses. QtCore only."""
