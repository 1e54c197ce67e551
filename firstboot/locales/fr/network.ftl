### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read about networks that few need, in French.

more-label = Plus, pour qui en a besoin
more-fixed = Le câble a besoin d’une adresse que je tape
more-metered = Ce qui passe par le câble coûte de l’argent à chaque mégaoctet
more-mobile = Il y a une carte SIM : utiliser le réseau mobile
more-mobile-help = Un modem doit être branché. Ce qui passe par lui coûte de l’argent : rien de gros n’est téléchargé sans votre accord.
address-label = Adresse de cet ordinateur
address-help = Avec les bits de son réseau, comme 192.168.7.2/24.
address-wrong = Tapez une adresse avec les bits de son réseau, comme 192.168.7.2/24.
gateway-label = Adresse du routeur
gateway-help = Laissez vide s’il n’y a pas de sortie.
gateway-wrong = Tapez une adresse, comme 192.168.7.1.
dns-label = Serveurs de noms (DNS)
dns-help = Jusqu’à trois adresses, séparées par des espaces.
dns-wrong = Tapez au plus trois adresses, séparées par des espaces.
point-label = Point d’accès (APN)
point-help = La société qui a vendu la carte le donne. Laissez vide si vous ne le connaissez pas.
point-wrong = Le nom d’un point d’accès a des lettres, des chiffres, des points et des traits d’union.
pin-label = Code PIN de la carte SIM
pin-help = Laissez vide si la carte n’en a pas.
pin-kept = Laissez vide pour garder celui qui a été tapé.
pin-wrong = Un code PIN a de 4 à 8 chiffres.
