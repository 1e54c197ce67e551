### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read when the system moves to a disk of the computer, in French.

disk-failing = annonce lui-même une panne proche : ce qu’on y met peut être perdu
disk-holds-failing = contient { $holds } ; annonce lui-même une panne proche : ce qu’on y met peut être perdu
disk-empty-worn = vide ; jusqu’à { $percent } % de sa durée de vie sont passés
disk-holds-worn = contient { $holds } ; jusqu’à { $percent } % de sa durée de vie sont passés
moved-title = Le système est sur le propre disque de cet ordinateur
moved-says = Cet ordinateur redémarre maintenant sur son propre disque, et continue de là. Retirez la clé USB. Si cette page revient, éteignez l’ordinateur, retirez la clé USB et rallumez-le.
data-several = Les données vont sur un seul disque, pas sur plusieurs.
