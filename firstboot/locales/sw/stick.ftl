### No native speaker has read this yet. docs/languages.md says how to mend a text.
### A USB stick that opens the data, in Kiswahili. Short words and short sentences.

stick-none = Hakuna flashi iliyochomekwa inayoweza kupokea ufunguo. Chomeka moja yenye umbizo la FAT32, kisha fungua ukurasa huu tena.
stick-one = Ufunguo unawekwa kwenye { $stick }; vilivyomo vinabaki. Flashi lazima ichomekwe kila kompyuta inapowashwa. Iweke mahali pengine, mbali na kompyuta. Ikipotea, ufunguo wa kurejesha hufungua data.
stick-several = Zaidi ya flashi moja zimechomekwa. Acha ile tu itakayokuwa ufunguo, kisha fungua ukurasa huu tena.
stick-failed = Ufunguo haukuweza kuwekwa kwenye flashi: { $why }
