### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = Iqela { $group } lesimemo alichwethezwanga kakuhle.
invitation-end = Isiphelo sesimemo asikho.
invitation-other = Xa unesimemo, khetha indlela yokuqala: ngokwazo.
invitation-into = Isimemo sesoluntu olubizwa ngokuba ngu-“{ $community }”.
change-mesh-community = Ezinye iikhompyutha: { $how }, ezoluntu “{ $community }” kuphela
