### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = O grupo { $group } do convite não está bem escrito.
invitation-end = Falta o fim do convite.
invitation-other = Com um convite, escolha a primeira forma: por si mesmos.
invitation-into = O convite é para a comunidade «{ $community }».
change-mesh-community = Outros computadores: { $how }, e só os de «{ $community }»
wireguard-label = O ficheiro da rede (WireGuard)
wireguard-help = Tal como lho deu quem cuida da rede, sem linhas vazias. Contém a chave secreta deste computador.
wireguard-kept = Deixe vazio para manter o que foi dado.
wireguard-line = Linha { $line }: espera-se «Nome = valor».
wireguard-name = Linha { $line }: { $name } não é aceite aqui.
wireguard-value = Linha { $line }: isto não é um valor para { $name }.
wireguard-twice = Linha { $line }: { $name } já lá está.
wireguard-missing = Falta { $name }.
wireguard-long = O ficheiro é demasiado longo.
radio-label = Encontrar os rádios de outros computadores sem um ponto de acesso pelo meio
radio-help = Um rádio Wi-Fi deste computador serve então só para isso. Nem todos conseguem, e outros por perto têm de o fazer também.
