### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read about networks that few need, in Portuguese.

more-label = Mais, para quem precisa
more-fixed = O cabo precisa de um endereço que eu escrevo
more-metered = O que vem pelo cabo paga-se por megabyte
more-mobile = Há um cartão SIM: usar a rede móvel
more-mobile-help = Tem de estar ligado um modem. O que vem por ele paga-se: nada de grande é descarregado sem a sua autorização.
address-label = Endereço deste computador
address-help = Com os bits da sua rede, como 192.168.7.2/24.
address-wrong = Escreva um endereço com os bits da sua rede, como 192.168.7.2/24.
gateway-label = Endereço do router
gateway-help = Deixe vazio se não houver saída.
gateway-wrong = Escreva um endereço, como 192.168.7.1.
dns-label = Servidores de nomes (DNS)
dns-help = Até três endereços, separados por espaços.
dns-wrong = Escreva no máximo três endereços, separados por espaços.
point-label = Ponto de acesso (APN)
point-help = A empresa que vendeu o cartão diz qual é. Deixe vazio se não souber.
point-wrong = O nome de um ponto de acesso tem letras, algarismos, pontos e hífenes.
pin-label = PIN do cartão SIM
pin-help = Deixe vazio se o cartão não tiver.
pin-kept = Deixe vazio para manter o que foi escrito.
pin-wrong = Um PIN tem de 4 a 8 algarismos.
