### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = Le groupe { $group } de l’invitation n’est pas bien tapé.
invitation-end = La fin de l’invitation manque.
invitation-other = Avec une invitation, choisissez la première façon : tout seuls.
invitation-into = L’invitation est pour la communauté « { $community } ».
change-mesh-community = Autres ordinateurs : { $how }, et seulement ceux de « { $community } »
wireguard-label = Le fichier du réseau (WireGuard)
wireguard-help = Tel que le responsable du réseau vous l’a donné, sans lignes vides. Il contient la clé secrète de cet ordinateur.
network-file-kept = Laissez vide pour garder celui qui a été donné.
wireguard-line = Ligne { $line } : « Nom = valeur » est attendu.
network-file-name = Ligne { $line } : { $name } n’est pas accepté ici.
network-file-value = Ligne { $line } : ce n’est pas une valeur pour { $name }.
network-file-twice = Ligne { $line } : { $name } y est déjà.
network-file-missing = Il manque { $name }.
network-file-long = Le fichier est trop long.
radio-label = Rencontrer les radios d’autres ordinateurs sans point d’accès entre eux
radio-help = Une radio Wi-Fi de cet ordinateur ne sert alors plus qu’à cela. Toutes ne le peuvent pas, et d’autres à proximité doivent le faire aussi.
nebula-label = Les fichiers du réseau (Nebula)
nebula-help = Tels que le responsable du réseau vous les a donnés, l’un derrière l’autre et sans lignes vides : son certificat, le certificat et la clé de cet ordinateur ; puis une ligne « lighthouse ADRESSE HÔTE:PORT » pour chaque phare.
nebula-line = Ligne { $line } : un bloc qui commence par « -----BEGIN », « lighthouse ADRESSE HÔTE:PORT » ou « port NUMÉRO » est attendu.
nebula-foreign = Le certificat de cet ordinateur est celui d’un autre réseau.
nebula-key = La clé ne correspond pas au certificat de cet ordinateur.
nebula-ended = Le certificat de cet ordinateur a expiré le { $day }.
