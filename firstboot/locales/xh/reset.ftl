### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What stands on the screen where a computer is erased, in isiXhosa.

reset-title = Cima le khompyutha
reset-says = Konke abantu abakufake kule khompyutha kuya kuphela unaphakade, akukho mntu unokukubuyisa: nangasiphi isitshixo okanye isivakalisi esiyimfihlo. Inkqubo iyasala, icele ukumiselwa kwakhona. Cinezela u-Alt no-F1 ukuze ushiye konke kunjalo.
reset-how = Ukuba ufuna oko, chwetheza igama lale khompyutha: { $name }
reset-doing = Iyacinywa. Le khompyutha iza kuziqalela kwakhona.
