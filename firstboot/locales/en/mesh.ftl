### What people read of a community of computers, and of an invitation into one.

invitation-group = Group { $group } of the invitation is not typed right.
invitation-end = The end of the invitation is missing.
invitation-other = With an invitation, choose the first way: by themselves.
invitation-into = The invitation is into the community { $community }.
change-mesh-community = Other computers: { $how }, and of them only those of { $community }
wireguard-label = The network's file (WireGuard)
wireguard-help = As whoever looks after the network gave it to you, without empty lines. It has this computer's secret key.
network-file-kept = Leave it empty to keep the one that was given.
wireguard-line = Line { $line }: ‘Name = value’ is expected.
network-file-name = Line { $line }: { $name } is not taken here.
network-file-value = Line { $line }: this is no value for { $name }.
network-file-twice = Line { $line }: { $name } is there already.
network-file-missing = { $name } is missing.
network-file-long = The file is too long.
radio-label = Meet other computers’ radios without an access point in between
radio-help = A Wi-Fi radio of this computer is then for that alone. Not every radio can, and others near it have to do it too.
nebula-label = The network's files (Nebula)
nebula-help = As whoever looks after the network gave them to you, one behind the other and without empty lines: its certificate, this computer's certificate and key; then a line ‘lighthouse ADDRESS HOST:PORT’ for each lighthouse.
nebula-line = Line { $line }: a block that begins with ‘-----BEGIN’, ‘lighthouse ADDRESS HOST:PORT’ or ‘port NUMBER’ is expected.
nebula-foreign = This computer's certificate is of another network.
nebula-key = The key does not belong to this computer's certificate.
nebula-ended = This computer's certificate ended on { $day }.
