### What stands on the screen where a computer is erased.

reset-title = Erase this computer
reset-says = Everything that people have put on this computer will be gone for ever, and nobody can bring it back: no key, no passphrase. The system stays, and asks to be set up anew. Press Alt and F1 to leave all as it is.
reset-how = If you want that, type the name of this computer: { $name }
reset-doing = It is being erased. This computer starts again by itself.
here-title = At this computer’s keyboard
here-says = Press Alt and F1 to leave all as it is.
renew-title = A new password for { $name }
renew-says = Whoever has the recovery key of this computer, or its passphrase, can choose a new password. The one of before ends. Type nothing to go back.
renew-done = The new password counts from now on. Press a key.
