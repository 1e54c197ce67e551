### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read about networks that few need, in Afrikaans.

more-label = Meer, vir wie dit nodig het
more-fixed = Die kabel het ’n adres nodig wat ek intik
more-metered = Wat deur die kabel kom, kos geld per megagreep
more-mobile = Daar is ’n SIM-kaart: gebruik die mobiele netwerk
more-mobile-help = ’n Modem moet ingeprop wees. Wat daardeur kom, kos geld: niks groots word sonder jou toestemming afgelaai nie.
address-label = Adres van hierdie rekenaar
address-help = Met die bisse van sy netwerk, soos 192.168.7.2/24.
address-wrong = Tik ’n adres met die bisse van sy netwerk, soos 192.168.7.2/24.
gateway-label = Adres van die roeteerder
gateway-help = Laat dit leeg as daar geen pad na buite is nie.
gateway-wrong = Tik ’n adres, soos 192.168.7.1.
dns-label = Bedieners vir name (DNS)
dns-help = Tot drie adresse, met spasies tussen hulle.
dns-wrong = Tik hoogstens drie adresse, met spasies tussen hulle.
point-label = Toegangspunt (APN)
point-help = Die maatskappy wat die kaart verkoop het, sê dit. Laat dit leeg as jy dit nie ken nie.
point-wrong = ’n Toegangspunt se naam het letters, syfers, punte en koppeltekens.
pin-label = PIN van die SIM-kaart
pin-help = Laat dit leeg as die kaart nie een het nie.
pin-kept = Laat dit leeg om die een te hou wat ingetik is.
pin-wrong = ’n PIN het 4 tot 8 syfers.
