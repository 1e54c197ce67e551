### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = Iqoqo { $group } lesimemo alibhalwanga kahle.
invitation-end = Isiphetho sesimemo asikho.
invitation-other = Uma unesimemo, khetha indlela yokuqala: ngokwawo.
invitation-into = Isimemo singesomphakathi othi “{ $community }”.
change-mesh-community = Amanye amakhompyutha: { $how }, awomphakathi othi “{ $community }” kuphela
