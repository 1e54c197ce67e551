### No native speaker has read this yet. docs/languages.md says how to mend a text.
### Neighbours that open the data, in isiXhosa. Short words and short sentences.

neighbour-key = Isitshixo sakhe: { $thumbprint }. Ikhompyutha yakhe ibonisa sona eso kwiskrini sayo: ilanga-neighbours show
neighbours-none = Akukho namnye kule nethiwekhi othi uyanceda. Kubuzwa ngako xa kusetwa enye ikhompyutha.
neighbours-all-dark = Idatha ivuleka apho kukho abamelwane abaneleyo kwinethiwekhi, hayi kwenye indawo. Ukuba umbane uhamba kuni nonke ngaxeshanye, akukho uvula kuqala: omnye wenu ufuna enye indlela.
neighbour-gone = { $name } ayikho, okanye ayincedi.
neighbours-failed = Abamelwane abakwazanga kucelwa uncedo: { $why }
