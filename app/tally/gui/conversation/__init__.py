"""The conversation view: every message of the path, of which only those on screen are widgets.

Read `view.py` (what the controller drives), `virtual_list.py` with `heights.py` (which rows exist, and where),
`message_row.py` with `body.py` (one message), then the segments: `prose.py`, `code_block.py`, `table.py`.
"""
