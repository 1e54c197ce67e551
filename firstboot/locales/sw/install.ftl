### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read when the system moves to a disk of the computer, in Kiswahili.

disk-failing = inasema yenyewe kwamba iko karibu kuharibika: kitakachowekwa humo kinaweza kupotea
disk-holds-failing = ina { $holds }; inasema yenyewe kwamba iko karibu kuharibika: kitakachowekwa humo kinaweza kupotea
disk-empty-worn = tupu; hadi { $percent } % ya uhai wake imetumika
disk-holds-worn = ina { $holds }; hadi { $percent } % ya uhai wake imetumika
moved-title = Mfumo sasa uko kwenye diski ya kompyuta hii yenyewe
moved-says = Kompyuta hii inawaka upya sasa kutoka diski yake yenyewe, na kazi itaendelea hapo. Chomoa flashi ya USB. Ukurasa huu ukirudi, zima kompyuta, chomoa flashi ya USB, kisha iwashe.
data-several = Data inaweza kuwa kwenye diski moja, si kwenye kadhaa.
