"""Text to what Qt can show: Markdown blocks, HTML, highlighting spans. Pure functions, no Qt."""
