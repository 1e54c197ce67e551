### No native speaker has read this yet. docs/languages.md says how to mend a text.
### Neighbours that open the data, in Afrikaans. Short words and short sentences.

neighbour-key = Sy sleutel: { $thumbprint }. Hy wys dieselfde op sy eie skerm: ilanga-neighbours show
neighbours-none = Niemand in hierdie netwerk sê dat hy help nie. Dit word gevra wanneer ’n ander rekenaar opgestel word.
neighbours-all-dark = Dit gaan oop waar genoeg van hulle in die netwerk is, en nêrens anders nie. As die krag by almal van julle tegelyk gaan, maak niemand eerste oop nie: een van julle het ’n ander manier nodig.
neighbour-gone = { $name } is nie daar nie, of help nie.
neighbours-failed = Die bure kon nie gevra word om te help nie: { $why }
