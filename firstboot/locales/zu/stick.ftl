### No native speaker has read this yet. docs/languages.md says how to mend a text.
### A USB stick that opens the data, in isiZulu. Short words and short sentences.

stick-none = Ayikho i-USB stick exhunyiwe engathatha ukhiye. Xhuma eyodwa efomethwe njenge-FAT32, bese uvula leli khasi futhi.
stick-one = Ukhiye uya ku-{ $stick }; okulapho kuyasala. I-stick kufanele ixhunywe njalo lapho ikhompyutha iqala. Yigcine kwenye indawo, hhayi nekhompyutha. Uma ilahlekile, ukhiye wokutakula uvula idatha.
stick-several = Kuxhunywe ama-USB stick angaphezu kweyodwa. Shiya eyodwa ezoba ukhiye, bese uvula leli khasi futhi.
stick-failed = Ukhiye awukwazanga ukubekwa ku-stick: { $why }
