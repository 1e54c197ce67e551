### No native speaker has read this yet. docs/languages.md says how to mend a text.
### Neighbours that open the data, in French. Short words and short sentences.

neighbour-key = Sa clé : { $thumbprint }. Il montre la même sur son propre écran : ilanga-neighbours show
neighbours-none = Personne dans ce réseau ne dit qu’il aide. La question est posée quand un autre ordinateur est installé.
neighbours-all-dark = Les données s’ouvrent là où assez de voisins sont dans le réseau, et nulle part ailleurs. Si le courant manque chez vous tous à la fois, personne n’ouvre en premier : l’un de vous a besoin d’un autre moyen.
neighbour-gone = { $name } n’est pas là, ou n’aide pas.
neighbours-failed = Les voisins n’ont pas pu être mis à contribution : { $why }
