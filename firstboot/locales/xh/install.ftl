### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read when the system moves to a disk of the computer, in isiXhosa.

disk-failing = ithi ngokwayo sele iza konakala: okubekwa kuyo kungalahleka
disk-holds-failing = okukuyo: { $holds }; ithi ngokwayo sele iza konakala: okubekwa kuyo kungalahleka
disk-empty-worn = ayinanto; kusetyenziswe ukuya kuthi ga kwi-{ $percent } % yobomi bayo
disk-holds-worn = okukuyo: { $holds }; kusetyenziswe ukuya kuthi ga kwi-{ $percent } % yobomi bayo
moved-title = Inkqubo ikwidiski yale khompyutha ngoku
moved-says = Le khompyutha iza kuvuleka ngokutsha ngediski yayo, umsebenzi uqhubeke apho. Khupha i-USB stick. Ukuba eli phepha libuya, vala ikhompyutha, ukhuphe i-USB stick, uze uyivule.
data-several = Idatha inokuba kwidiski enye, hayi kwezininzi.
