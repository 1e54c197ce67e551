### What stands on the screen that shows how the computer is.

status-addresses = Its addresses: { $addresses }
status-code = Press Enter for a code that somebody who helps you can read from this screen. It has no names, passwords or addresses in it.
status-back = For somebody who helps you. Press Enter to go back.
status-failing = A disk of this computer says that it is about to fail: copy what is on it, and have it replaced.
