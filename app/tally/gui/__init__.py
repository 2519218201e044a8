"""What the user sees. Talks to runtime, rendering, media and core."""
