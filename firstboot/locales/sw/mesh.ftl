### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = Kundi la { $group } la mwaliko halikuandikwa sawasawa.
invitation-end = Mwisho wa mwaliko haupo.
invitation-other = Ukiwa na mwaliko, chagua njia ya kwanza: zenyewe.
invitation-into = Mwaliko ni wa jumuiya ya “{ $community }”.
change-mesh-community = Kompyuta nyingine: { $how }, na kati yake za “{ $community }” tu
