### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = Le groupe { $group } de l’invitation n’est pas bien tapé.
invitation-end = La fin de l’invitation manque.
invitation-other = Avec une invitation, choisissez la première façon : tout seuls.
invitation-into = L’invitation est pour la communauté « { $community } ».
change-mesh-community = Autres ordinateurs : { $how }, et seulement ceux de « { $community } »
