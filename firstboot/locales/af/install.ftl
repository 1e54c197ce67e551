### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read when the system moves to a disk of the computer, in Afrikaans.

disk-failing = sê self dat dit gaan breek: wat daarop kom, kan verlore gaan
disk-holds-failing = bevat { $holds }; sê self dat dit gaan breek: wat daarop kom, kan verlore gaan
disk-empty-worn = leeg; tot { $percent } % van sy lewe is opgebruik
disk-holds-worn = bevat { $holds }; tot { $percent } % van sy lewe is opgebruik
moved-title = Die stelsel is nou op hierdie rekenaar se eie skyf
moved-says = Hierdie rekenaar begin nou weer, van sy eie skyf af, en gaan daar voort. Haal die USB-stokkie uit. As hierdie bladsy terugkom, skakel die rekenaar af, haal die USB-stokkie uit, en skakel dit aan.
data-several = Data kan op een skyf wees, nie op meer as een nie.
