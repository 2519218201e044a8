"""What the application is about: messages, money, parameters, one turn. Standard library only, no I/O, no clock."""
