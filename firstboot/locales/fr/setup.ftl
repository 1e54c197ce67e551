### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read while they set up a node, in French. Short words and short sentences.

## Everywhere

next = Suivant
back = Retour
not-answered = Une réponse est nécessaire.
step = Étape { $number } sur { $of }
somebody-else = Quelqu’un d’autre configure cet ordinateur en ce moment : { $who }. Vous pourrez continuer quand rien n’y aura été tapé pendant deux minutes.
answered-meanwhile = Entre-temps, la réponse a été donnée ailleurs.
take-over = Continuer plutôt ici
who-screen = à son écran
who-phone = sur un téléphone ou un autre ordinateur
who-file = par un fichier de réponses
file-bad = Le fichier ilanga.toml sur ce disque : { $why }

## Who may

claim-title = À qui est cet ordinateur ?
claim-screen = Tapez les six chiffres affichés à l’écran de cet ordinateur.
claim-other = Cet ordinateur est en cours de configuration sur un autre téléphone ou ordinateur. La page ouverte là-bas montre six chiffres : tapez-les ici.
claim-label = Six chiffres
claim-wrong = Ce ne sont pas les bons chiffres.
claim-closed = Personne n’a commencé pendant la première demi-heure. Éteignez cet ordinateur, rallumez-le, et revenez.
claim-guessed = Trop de chiffres faux ont été tapés. Éteignez cet ordinateur, rallumez-le, et revenez.
claim-code = Pour continuer sur un autre téléphone ou ordinateur, ouvrez-y la même page et tapez { $code }.

## Language

language-title = Langue
language-says = Dans quelle langue voulez-vous lire ?
language-label = Langue
keyboard-label = Clavier de cet ordinateur
keyboard-help = Seulement pour un clavier branché sur cet ordinateur.

## Time zone

time-zone-title = Où il se trouve
time-zone-says = L’horloge doit savoir où est cet ordinateur.
time-zone-label = Fuseau horaire
time-zone-unknown = Ce fuseau horaire n’existe pas.

## Preset

preset-title = À quoi il sert
preset-says = Ce choix décide de ce qui sera proposé ensuite. Vous pourrez alors tout changer.
preset-label = Cet ordinateur est pour
preset-school = Une école
preset-school-help = Leçons, livres et exercices sans internet, et une place pour le travail de chacun.
preset-clinic = Un centre de santé
preset-clinic-help = Dossiers et images des patients, gardés en sécurité et confidentiels.
preset-creator = Quelqu’un qui crée
preset-creator-help = Écrire, faire de la musique, des images, du code, et le montrer aux autres.
preset-plain = Autre chose
preset-plain-help = Rien n’est choisi à votre place.

## Name and administrator

identity-title = Nom et administrateur
identity-says = Les autres voient ce nom dans le réseau. L’administrateur peut tout changer sur cet ordinateur.
name-label = Nom de cet ordinateur
name-help = Lettres minuscules sans accent, chiffres et traits d’union, comme school-1.
name-wrong = Un nom a de 1 à 63 lettres minuscules, chiffres et traits d’union, sans trait d’union au début ni à la fin.
user-label = Nom de l’administrateur
user-help = Lettres minuscules sans accent et chiffres, comme thandi.
user-wrong = Ce nom ne convient pas. Prenez au plus 31 lettres minuscules et chiffres, en commençant par une lettre.
password-label = Mot de passe
password-help = Au moins 10 caractères. Trois ou quatre mots sont faciles à retenir et difficiles à deviner.
password-again-label = Le même mot de passe encore une fois
password-short = Tapez au moins 10 caractères, et pas toujours les mêmes.
password-differs = Ce qui a été tapé la deuxième fois n’est pas identique.
password-kept = Laissez vide pour garder ce que vous avez donné avant.
ssh-label = Clés pour se connecter depuis un autre ordinateur (SSH)
ssh-help = Une par ligne. Laissez vide si vous ne savez pas ce que c’est.
ssh-wrong = La ligne { $line } n’est pas une clé SSH publique.

## Network

network-title = Réseau
network-says = Vous pouvez laisser tout cela de côté. Cet ordinateur marche sans internet.
network-wired = Un câble est branché, et il marche.
network-no-wired = Aucun câble n’est branché.
country-label = Pays
country-help = Ses deux lettres, comme ZA. Elles décident quels canaux Wi-Fi sont permis.
country-wrong = Tapez les deux lettres du pays, comme ZA.
wifi-label = Réseau Wi-Fi
wifi-none = Aucun
wifi-other = Un autre, par son nom
wifi-name-label = Nom du réseau Wi-Fi
wifi-name-wrong = Le nom d’un réseau Wi-Fi a au plus 32 lettres.
wifi-key-label = Mot de passe du réseau Wi-Fi
wifi-key-wrong = Un mot de passe Wi-Fi a de 8 à 63 caractères.
wifi-key-refused = « { $name } » n’accepte pas ce mot de passe.
wifi-gone = « { $name } » ne répond pas. Il est peut-être trop loin.
wifi-signal-good = bon signal
wifi-signal-weak = signal faible
wifi-open = ouvert : tout le monde peut écouter
metered-label = Ce réseau coûte de l’argent à chaque mégaoctet
metered-help = Alors rien de gros n’est téléchargé sans votre accord.

## Sun and battery

solar-title = Soleil et batterie
solar-says = Cet ordinateur cherche les chargeurs solaires, les onduleurs et les batteries. Il les lit seulement, et ne change rien.
solar-none = Rien n’a été trouvé. Vous pouvez brancher quelque chose maintenant, ou continuer sans.
solar-found = { $device } : { $says }
battery-known = La batterie est connue : { $says }
battery-describe = On ne sait pas quelle est la batterie. S’il y en a une, décrivez-la ici ; c’est écrit sur son étiquette.
chemistry-label = Type de batterie
chemistry-none = Il n’y en a pas, ou je ne sais pas
chemistry-lifepo4 = Lithium fer phosphate (LiFePO4)
chemistry-lithium-ion = Une autre batterie au lithium
chemistry-lead = Plomb : liquide, AGM ou gel
ampere-hours-label = Ampères-heures (Ah)
volts-label = Volts (V)
battery-wrong = Aucune batterie n’est ainsi : de 1 à 20 000 ampères-heures, et de 3 à 1000 volts.

## Mesh

mesh-title = Autres ordinateurs à proximité
mesh-says = Les ordinateurs comme celui-ci se trouvent et s’entraident, avec et sans internet. Ce qu’ils se disent est chiffré.
mesh-label = Comment
mesh-yggdrasil = Tout seuls
mesh-yggdrasil-help = Il n’y a rien à préparer. (Yggdrasil)
mesh-wireguard = Seulement ceux que je nomme
mesh-wireguard-help = Leurs clés sont échangées à la main. (WireGuard)
mesh-nebula = Seulement ceux qui ont un certificat
mesh-nebula-help = Le responsable du réseau les distribue. (Nebula)
mesh-none = Pas du tout
invitation-label = Invitation
invitation-help = Une ligne qui commence par « ilanga: », d’un ordinateur qui est déjà là. Laissez vide si vous n’en avez pas.
invitation-wrong = Ce n’est pas une invitation. Une invitation commence par « ilanga: ».
invitation-false = Cette invitation a été modifiée, ou aucun de ceux qu’elle nomme ne l’a signée.
invitation-old = Cette invitation a pris fin le { $day }.
helps-label = Aider les voisins à ouvrir leurs disques après une coupure de courant
helps-help = Des disques volés restent fermés. Cet ordinateur n’apprend rien de ce qu’ils contiennent.

## Storage

storage-title = Disque
storage-says = Ce que l’on met sur cet ordinateur est chiffré : qui prend le disque ne peut pas le lire.
install-label = Où mettre le système
install-here = Où il est maintenant : { $disk }
install-to = Le propre disque de cet ordinateur : { $disk }
data-label = Où mettre les données
data-rest = Sur le même disque : { $size }
data-disk = { $disk }
disk-holds = contient { $holds }
disk-empty = vide
erase-label = Nom du disque qui peut être effacé
erase-help = { $disk } contient { $holds }. Tout cela sera effacé. Tapez { $disk } pour confirmer.
erase-wrong = Tapez le nom comme il est écrit là.
disk-gone = Le disque { $disk } n’est plus là.
disk-twice = Le disque { $disk } ne peut servir qu’à une chose.
disk-small = Il y a de la place pour { $there } de données. Il faut au moins { $needed }.
unlock-label = Ce qui ouvre les données quand cet ordinateur démarre
unlock-tpm = L’ordinateur lui-même
unlock-tpm-help = Sa puce de sécurité (TPM) ne donne la clé qu’à un système qui n’a pas été modifié.
unlock-tpm-no-secure-boot = Secure Boot est désactivé : quelqu’un qui a cet ordinateur un certain temps peut obtenir la clé. Activez-le dans les réglages du firmware si vous pouvez.
unlock-neighbours = Des voisins
unlock-usb-key = Une clé USB
unlock-passphrase = Une phrase secrète
unlock-passphrase-help = Quelqu’un doit la taper à chaque démarrage, ici ou sur un téléphone.
no-tpm = Cet ordinateur n’a pas de puce de sécurité qui puisse garder la clé.
no-mesh = Sans autres ordinateurs à proximité, personne ne peut aider.
helpers-label = Quels voisins
need-label = Combien d’entre eux doivent être là
helpers-few = Choisissez au moins autant de voisins qu’il doit y en avoir.
passphrase-label = Phrase secrète
passphrase-again-label = La même phrase secrète encore une fois
passphrase-help = Au moins 10 caractères. Prenez des mots que vous n’oublierez pas.
speed = Cet ordinateur lit les disques chiffrés à { $megabytes } MB par seconde ({ $cipher }).

## Recovery key

recovery-title = Clé de secours
recovery-says = Si plus rien d’autre n’ouvre les données, cette clé le fait. Notez-la ou imprimez-la, et gardez-la en lieu sûr. Elle n’est montrée que maintenant, et cet ordinateur ne la garde pas.
recovery-confirm = Tapez deux de ses groupes, pour vérifier que vous l’avez.
recovery-lost = Le courant a été coupé avant que vous ayez confirmé la clé de secours. Tapez votre phrase secrète, et une nouvelle clé sera créée.
passphrase-wrong = Ce n’est pas la phrase secrète.
group-label = Groupe { $number }
group-wrong = Ce n’est pas le groupe { $number }.
recovery-new = Le courant a été coupé avant que vous ayez confirmé une clé de secours. En voici une nouvelle ; la précédente ne vaut plus rien.

## Services

services-title = Services
services-says = Qu’est-ce qui doit tourner sur cet ordinateur ? Ce qui est grisé ne rentre pas.
services-none = Pour cela, il n’y en a pas encore. Ils arrivent avec une mise à jour, ou sur une clé USB.
services-label = Services
service-needs = { $memory } de mémoire, { $disk } de disque, { $watts } W
budget = Ensemble : { $memory } sur { $memory-there } de mémoire, { $disk } sur { $disk-there } de disque, { $watts } sur { $watts-there } W.
budget-wrong = Ensemble, ils demandent plus que ce qu’il y a. Enlevez quelque chose.

## Summary

summary-title = Prêt à commencer
summary-says = Rien n’a encore été changé. Voici ce qui sera fait :
summary-action = Commencer
change-locale = Langue : { $language }, clavier : { $keyboard }
change-time-zone = Fuseau horaire : { $zone }
change-name = Nom : { $name }
change-network = Réseaux : { $networks }
change-network-none = Aucun réseau sauf le câble
change-install = Le système est copié sur { $disk }. Ce qui s’y trouve est effacé.
change-data-here = Une place pour les données sur le même disque, chiffrée
change-data = Une place pour les données, chiffrée : { $disks }
change-unlock-tpm = Cet ordinateur les ouvre lui-même
change-unlock-neighbours =
    { $need ->
        [one] { $need } voisin sur { $of } les ouvre
       *[other] { $need } voisins sur { $of } les ouvrent
    }
change-unlock-usb-key = Une clé USB les ouvre
change-unlock-passphrase = Une phrase secrète les ouvre
change-administrator = Administrateur : { $name }
change-battery = Batterie : { $hours } Ah, { $volts } V
change-mesh = Autres ordinateurs : { $how }
change-services = Services : { $services }
change-services-none = Pas encore de services
change-forget = Ce qui n’est plus nécessaire est supprimé

## While it is done, and afterwards

applying-title = C’est en cours
applying-says = Le courant peut être coupé : le travail reprendra là où il était. Fait : { $done } sur { $of }.
failed-says = Cela n’a pas marché : { $why }
try-again = Réessayer
ready-title = Prêt
ready-says = Cet ordinateur est prêt. Sa page est http://{ $name }.local, ou { $address }.

locked-title = Les données sont verrouillées
locked-says = Tapez la phrase secrète de cet ordinateur, ou sa clé de secours.
locked-label = Phrase secrète ou clé de secours
locked-wrong = Cela n’ouvre rien.
locked-open = Déverrouiller
locked-anew = Installer cet ordinateur à nouveau
opening-title = Ouverture des données
opening-says = Cela prend quelques secondes ; après une coupure de courant, parfois des minutes.
