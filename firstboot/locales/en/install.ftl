### What people read when the system moves to a disk of the computer.

disk-failing = says of itself that it is about to fail: what is put on it may be lost
disk-holds-failing = has { $holds } on it; says of itself that it is about to fail: what is put on it may be lost
disk-empty-worn = empty; up to { $percent } % of its life is used up
disk-holds-worn = has { $holds } on it; up to { $percent } % of its life is used up
moved-title = The system is on this computer's own disk
moved-says = This computer restarts from its own disk now, and goes on there. Take the stick out. If this page comes back, switch the computer off, take the stick out, and switch it on.
data-several = Data can be on one disk, not on several.
