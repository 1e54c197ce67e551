### No native speaker has read this yet. docs/languages.md says how to mend a text.
### A USB stick that opens the data, in isiXhosa. Short words and short sentences.

stick-none = Akukho USB stick iqhagamshelweyo enokuthatha isitshixo. Qhagamshela enye efomathwe njenge-FAT32, uvule eli phepha kwakhona.
stick-one = Isitshixo siya ku-{ $stick }; okulapho kuyahlala. I-stick kufuneka iqhagamshelwe ngalo lonke ixesha ikhompyutha iqala. Yigcine kwenye indawo, hayi nekhompyutha. Ukuba ilahlekile, isitshixo sokuhlangula sivula idatha.
stick-several = Kuqhagamshelwe iiUSB stick ezingaphezu kwenye. Shiya leyo iza kuba sisitshixo kuphela, uvule eli phepha kwakhona.
stick-failed = Isitshixo asikwazanga kubekwa kwi-stick: { $why }
