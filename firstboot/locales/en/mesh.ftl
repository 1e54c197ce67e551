### What people read of a community of computers, and of an invitation into one.

invitation-group = Group { $group } of the invitation is not typed right.
invitation-end = The end of the invitation is missing.
invitation-other = With an invitation, choose the first way: by themselves.
invitation-into = The invitation is into the community { $community }.
change-mesh-community = Other computers: { $how }, and of them only those of { $community }
