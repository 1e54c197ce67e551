### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read on the node's page after set-up, in French.

page-log-in = Se connecter
page-log-in-says = Voici la page de { $name }. Son administrateur peut se connecter ici.
page-password = Mot de passe de l’administrateur
page-password-wrong = Ce n’est pas le mot de passe.
page-wait = Trop de mots de passe faux ont été tapés. Réessayez dans { $seconds } secondes.
page-stranger = Ce formulaire était trop ancien ou venait d’ailleurs. Rien n’a été changé.
page-log-out = Se déconnecter
page-open = Ouvrir la page

certificate-link = Votre navigateur vous avertit ? Installez le certificat de cet ordinateur.
certificate-title = Certificat de cet ordinateur
certificate-says = Les navigateurs avertissent parce que personne ne répond encore de cet ordinateur. Avec son certificat sur votre téléphone ou votre ordinateur, ils ne le font plus. Il répond de { $name } et des adresses de votre propre réseau, et de rien d’autre.
certificate-how = Téléchargez le fichier et ouvrez-le. Sur Android, installez-le dans les réglages, sous sécurité, comme certificat CA. Sur un iPhone, activez-le aussi : Général, Informations, Réglages des certificats.
certificate-compare = Quelqu’un entre vous et lui pourrait l’échanger : faites-le dans un réseau sûr. Son empreinte (SHA-256) :
certificate-action = Télécharger le certificat

page-release = La version { $version } tourne, dans l’emplacement { $slot }.
page-release-alone = La version { $version } tourne.
page-room = Place pour les données : { $free } libres sur { $of }.
page-mesh = Adresse parmi les ordinateurs à proximité : { $address }
page-mesh-none = Cet ordinateur n’est relié à aucun autre en ce moment.
page-solar-none = On n’entend aucun appareil solaire ni aucune batterie.

events-title = Ce qui s’est passé
events-none = Rien pour l’instant.
event-installed = La version { $version } a été installée.
event-failed = La version { $version } n’a pas pu être installée : { $why }
event-refused = Une mise à jour a été refusée : { $why }
event-trial = La version { $version } a été démarrée à l’essai.
event-given-back = La version { $version } a perdu un démarrage avec le courant. Il ne compte pas.
event-good = La version { $version } fonctionne et reste.
event-bad = La version { $version } a été jugée mauvaise : { $why }
event-rolled-back = La version { $version } tourne de nouveau : { $why }
event-chosen = La version { $version } a été choisie pour le prochain démarrage.
event-pinned = Cet ordinateur s’en tient à la version { $version }.
event-unpinned = Cet ordinateur ne s’en tient plus à une seule version.
event-restarted = Cet ordinateur a redémarré avec la version { $version }.
event-other = Il s’est passé quelque chose pour quoi cette version n’a pas de mots.

keys-none = Il n’y en a pas.
keys-many = Il y a déjà { $most } clés. Retirez-en une d’abord.
key-label = Clé publique
key-add = Ajouter
key-remove = Retirer

report-title = Rapport d’assistance
report-says = Un fichier pour quelqu’un qui vous aide. Il ne contient ni noms, ni mots de passe, ni adresses, ni numéros de série.
report-action = Télécharger le rapport
