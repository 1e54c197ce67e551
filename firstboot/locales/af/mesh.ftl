### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = Groep { $group } van die uitnodiging is nie reg getik nie.
invitation-end = Die einde van die uitnodiging ontbreek.
invitation-other = Kies met ’n uitnodiging die eerste manier: vanself.
invitation-into = Die uitnodiging is na die gemeenskap { $community }.
change-mesh-community = Ander rekenaars: { $how }, en van hulle net dié van { $community }
wireguard-label = Die netwerk se lêer (WireGuard)
wireguard-help = Soos wie na die netwerk omsien dit vir jou gegee het, sonder leë reëls. Dit bevat hierdie rekenaar se geheime sleutel.
wireguard-kept = Laat dit leeg om dié wat gegee is, te behou.
wireguard-line = Reël { $line }: ‘Naam = waarde’ word verwag.
wireguard-name = Reël { $line }: { $name } word nie hier aanvaar nie.
wireguard-value = Reël { $line }: dit is geen waarde vir { $name } nie.
wireguard-twice = Reël { $line }: { $name } is reeds daar.
wireguard-missing = { $name } ontbreek.
wireguard-long = Die lêer is te lank.
radio-label = Ontmoet ander rekenaars se radio’s sonder ’n toegangspunt tussenin
radio-help = ’n Wi-Fi-radio van hierdie rekenaar is dan net daarvoor. Nie elke radio kan nie, en ander naby moet dit ook doen.
