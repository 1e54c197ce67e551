### No native speaker has read this yet. docs/languages.md says how to mend a text.
### Neighbours that open the data, in isiZulu. Short words and short sentences.

neighbour-key = Ukhiye wakhe: { $thumbprint }. Ikhompyutha yakhe ikhombisa wona lowo esikrinini sayo: ilanga-neighbours show
neighbours-none = Akekho kule nethiwekhi othi uyasiza. Kubuzwa ngakho lapho kusethwa enye ikhompyutha.
neighbours-all-dark = Idatha ivuleka lapho kunomakhelwane abanele kunethiwekhi, hhayi kwenye indawo. Uma ugesi unqamuka kini nonke ngesikhathi esisodwa, akekho ovula kuqala: oyedwa udinga enye indlela.
neighbour-gone = { $name } ayikho, noma ayisizi.
neighbours-failed = Omakhelwane abakwazanga ukucelwa ukuba basize: { $why }
