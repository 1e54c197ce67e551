### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read when the system moves to a disk of the computer, in Portuguese.

disk-failing = avisa que está prestes a falhar: o que lá for posto pode perder-se
disk-holds-failing = contém { $holds }; avisa que está prestes a falhar: o que lá for posto pode perder-se
disk-empty-worn = vazio; já passou até { $percent } % da sua vida útil
disk-holds-worn = contém { $holds }; já passou até { $percent } % da sua vida útil
moved-title = O sistema está no próprio disco deste computador
moved-says = Este computador reinicia agora a partir do seu próprio disco, e continua aí. Retire a pen USB. Se esta página voltar, desligue o computador, retire a pen USB e ligue-o.
data-several = Os dados ficam num só disco, não em vários.
