### What people read of a community of computers, and of an invitation into one.

invitation-group = Group { $group } of the invitation is not typed right.
invitation-end = The end of the invitation is missing.
invitation-other = With an invitation, choose the first way: by themselves.
invitation-into = The invitation is into the community { $community }.
change-mesh-community = Other computers: { $how }, and of them only those of { $community }
wireguard-label = The network's file (WireGuard)
wireguard-help = As whoever looks after the network gave it to you, without empty lines. It has this computer's secret key.
wireguard-kept = Leave it empty to keep the one that was given.
wireguard-line = Line { $line }: ‘Name = value’ is expected.
wireguard-name = Line { $line }: { $name } is not taken here.
wireguard-value = Line { $line }: this is no value for { $name }.
wireguard-twice = Line { $line }: { $name } is there already.
wireguard-missing = { $name } is missing.
wireguard-long = The file is too long.
radio-label = Meet other computers’ radios without an access point in between
radio-help = A Wi-Fi radio of this computer is then for that alone. Not every radio can, and others near it have to do it too.
