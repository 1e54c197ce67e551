### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = Groep { $group } van die uitnodiging is nie reg getik nie.
invitation-end = Die einde van die uitnodiging ontbreek.
invitation-other = Kies met ’n uitnodiging die eerste manier: vanself.
invitation-into = Die uitnodiging is na die gemeenskap { $community }.
change-mesh-community = Ander rekenaars: { $how }, en van hulle net dié van { $community }
wireguard-label = Die netwerk se lêer (WireGuard)
wireguard-help = Soos wie na die netwerk omsien dit vir jou gegee het, sonder leë reëls. Dit bevat hierdie rekenaar se geheime sleutel.
network-file-kept = Laat dit leeg om dié wat gegee is, te behou.
wireguard-line = Reël { $line }: ‘Naam = waarde’ word verwag.
network-file-name = Reël { $line }: { $name } word nie hier aanvaar nie.
network-file-value = Reël { $line }: dit is geen waarde vir { $name } nie.
network-file-twice = Reël { $line }: { $name } is reeds daar.
network-file-missing = { $name } ontbreek.
network-file-long = Die lêer is te lank.
radio-label = Ontmoet ander rekenaars se radio’s sonder ’n toegangspunt tussenin
radio-help = ’n Wi-Fi-radio van hierdie rekenaar is dan net daarvoor. Nie elke radio kan nie, en ander naby moet dit ook doen.
nebula-label = Die netwerk se lêers (Nebula)
nebula-help = Soos wie na die netwerk omsien dit vir jou gegee het, een agter die ander en sonder leë reëls: sy sertifikaat, hierdie rekenaar se sertifikaat en sleutel; dan ’n reël ‘lighthouse ADRES GASHEER:POORT’ vir elke vuurtoring.
nebula-line = Reël { $line }: ’n blok wat met ‘-----BEGIN’ begin, ‘lighthouse ADRES GASHEER:POORT’ of ‘port NOMMER’ word verwag.
nebula-foreign = Hierdie rekenaar se sertifikaat is van ’n ander netwerk.
nebula-key = Die sleutel hoort nie by hierdie rekenaar se sertifikaat nie.
nebula-ended = Hierdie rekenaar se sertifikaat het op { $day } verval.
