"""What is kept on this computer: history, ledger, settings, what was learned of servers, and the key (keyring only).

Begin with `database.py` (one file, one connection, one thread), then `history.py` and `ledger.py`, which share it.
"""
