### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What a screen says to people who would rather use their phone, in French.

phone-title = Configurer cet ordinateur, ici ou avec un téléphone
phone-wifi = Avec votre téléphone, rejoignez le réseau Wi-Fi { $name }. Son mot de passe est { $key }.
phone-wifi-open = Avec votre téléphone, rejoignez le réseau Wi-Fi { $name }. Il ne faut pas de mot de passe.
phone-page = Si aucune page ne s’ouvre d’elle-même, ouvrez-y http://{ $address }/.
phone-soon = Le réseau Wi-Fi de cet ordinateur, pour les téléphones, va commencer.
phone-network = Téléphones et ordinateurs du même réseau : ouvrez http://{ $name }.local/ ou http://{ $address }/
phone-code = La page demande ces six chiffres : { $code }
phone-here = Continuer ici, à cet écran
ready-alone = Cet ordinateur est prêt.
wifi-trial-title = Essai du réseau Wi-Fi
wifi-trial-says = Cela prend jusqu’à une minute. Le réseau Wi-Fi de cet ordinateur n’est pas là pendant ce temps : rejoignez-le ensuite, et rechargez cette page.
wifi-anyway = Pour garder cela ainsi, tapez la même chose encore une fois.
phone-theirs = Sur votre téléphone, activez un partage de connexion avec le nom { $name } et le mot de passe { $key }. Cet ordinateur le rejoint de lui-même.
phone-has-hotspot = Mon téléphone partage sa connexion
phone-own = Cet ordinateur a de nouveau le réseau Wi-Fi
phone-waiting = Son adresse s’affiche alors ici. Entrée : finalement sans le partage d’un téléphone.
