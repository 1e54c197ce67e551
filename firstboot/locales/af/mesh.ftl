### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = Groep { $group } van die uitnodiging is nie reg getik nie.
invitation-end = Die einde van die uitnodiging ontbreek.
invitation-other = Kies met ’n uitnodiging die eerste manier: vanself.
invitation-into = Die uitnodiging is na die gemeenskap { $community }.
change-mesh-community = Ander rekenaars: { $how }, en van hulle net dié van { $community }
