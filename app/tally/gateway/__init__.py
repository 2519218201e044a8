"""How to talk to the API. The only room with httpx."""
