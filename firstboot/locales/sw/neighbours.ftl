### No native speaker has read this yet. docs/languages.md says how to mend a text.
### Neighbours that open the data, in Kiswahili. Short words and short sentences.

neighbour-key = Ufunguo wake: { $thumbprint }. Inaonyesha huo huo kwenye skrini yake: ilanga-neighbours show
neighbours-none = Hakuna kwenye mtandao huu anayesema anasaidia. Hilo huulizwa kompyuta nyingine inapoandaliwa.
neighbours-all-dark = Data hufunguka palipo na majirani wa kutosha kwenye mtandao, na si kwingine. Umeme ukikatika kwenu nyote kwa pamoja, hakuna anayefungua kwanza: mmoja wenu anahitaji njia nyingine.
neighbour-gone = { $name } haipo, au haisaidii.
neighbours-failed = Majirani hawakuweza kuombwa kusaidia: { $why }
