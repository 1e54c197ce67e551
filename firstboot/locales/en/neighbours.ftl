### Neighbours that open the data. Short words and short sentences.

neighbour-key = Its key: { $thumbprint }. It shows the same at its own screen: ilanga-neighbours show
neighbours-none = Nobody in this network says that it helps. It is asked for when another computer is set up.
neighbours-all-dark = It opens where enough of them are in the network, and nowhere else. If the power goes for all of you at once, nobody opens first: one of you needs another way.
neighbour-gone = { $name } is not there, or does not help.
neighbours-failed = The neighbours could not be asked to help: { $why }
