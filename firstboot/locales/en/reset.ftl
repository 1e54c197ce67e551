### What stands on the screen where a computer is erased.

reset-title = Erase this computer
reset-says = Everything that people have put on this computer will be gone for ever, and nobody can bring it back: no key, no passphrase. The system stays, and asks to be set up anew. Press Alt and F1 to leave all as it is.
reset-how = If you want that, type the name of this computer: { $name }
reset-doing = It is being erased. This computer starts again by itself.
