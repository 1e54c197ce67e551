### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What stands on the screen where a computer is erased, in isiXhosa.

reset-title = Cima le khompyutha
reset-says = Konke abantu abakufake kule khompyutha kuya kuphela unaphakade, akukho mntu unokukubuyisa: nangasiphi isitshixo okanye isivakalisi esiyimfihlo. Inkqubo iyasala, icele ukumiselwa kwakhona. Cinezela u-Alt no-F1 ukuze ushiye konke kunjalo.
reset-how = Ukuba ufuna oko, chwetheza igama lale khompyutha: { $name }
reset-doing = Iyacinywa. Le khompyutha iza kuziqalela kwakhona.
here-title = Kwikhibhodi yale khompyutha
here-says = Cinezela u-Alt no-F1 ukuze konke kuhlale kunjalo.
renew-title = Igama lokugqithisa elitsha lika-{ $name }
renew-says = Onesitshixo sokuhlangula sale khompyutha, okanye ibinzana layo eliyimfihlo, angakhetha igama lokugqithisa elitsha. Elangaphambili liyaphela. Musa ukuchwetheza nto ukuze ubuyele emva.
renew-done = Igama lokugqithisa elitsha lisebenza ukususela ngoku. Cinezela iqhosha.
