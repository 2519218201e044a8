"""Guards the PySide6 version: some releases lose a reference in every emit and abort after some hundreds of them.

The fault is the process's end, so it is looked for in a process of its own.
"""

import subprocess
import sys

STORM = """
from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal

EMITS = 5_000

class Sender(QObject):
    crossed = Signal(object, object)
    flagged = Signal(bool)

app = QCoreApplication([])
sender = Sender()
direct, queued, flags = [], [], []
sender.crossed.connect(lambda handle, event: direct.append(event))
sender.crossed.connect(lambda handle, event: queued.append(event), Qt.ConnectionType.QueuedConnection)
sender.flagged.connect(flags.append)
for number in range(EMITS):
    sender.crossed.emit(sender, number)
    sender.flagged.emit(True)
sender.crossed.connect(lambda handle, event: app.quit() if event is None else None, Qt.ConnectionType.QueuedConnection)
sender.crossed.emit(sender, None)
app.exec()
expected = [*range(EMITS), None]
assert direct == expected and queued == expected and flags == [True] * EMITS
print("all arrived")
"""


def test_five_thousand_emitted_signals_all_arrive_and_the_process_ends_well():
    storm = subprocess.run([sys.executable, "-c", STORM], capture_output=True, text=True, timeout=60, check=False)
    assert (storm.returncode, storm.stdout.strip()) == (0, "all arrived"), storm.stderr
