### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = O grupo { $group } do convite não está bem escrito.
invitation-end = Falta o fim do convite.
invitation-other = Com um convite, escolha a primeira forma: por si mesmos.
invitation-into = O convite é para a comunidade «{ $community }».
change-mesh-community = Outros computadores: { $how }, e só os de «{ $community }»
wireguard-label = O ficheiro da rede (WireGuard)
wireguard-help = Tal como lho deu quem cuida da rede, sem linhas vazias. Contém a chave secreta deste computador.
network-file-kept = Deixe vazio para manter o que foi dado.
wireguard-line = Linha { $line }: espera-se «Nome = valor».
network-file-name = Linha { $line }: { $name } não é aceite aqui.
network-file-value = Linha { $line }: isto não é um valor para { $name }.
network-file-twice = Linha { $line }: { $name } já lá está.
network-file-missing = Falta { $name }.
network-file-long = O ficheiro é demasiado longo.
radio-label = Encontrar os rádios de outros computadores sem um ponto de acesso pelo meio
radio-help = Um rádio Wi-Fi deste computador serve então só para isso. Nem todos conseguem, e outros por perto têm de o fazer também.
nebula-label = Os ficheiros da rede (Nebula)
nebula-help = Tal como lhos deu quem cuida da rede, um atrás do outro e sem linhas vazias: o certificado dela, o certificado e a chave deste computador; depois uma linha «lighthouse ENDEREÇO ANFITRIÃO:PORTA» para cada farol.
nebula-line = Linha { $line }: espera-se um bloco que comece por «-----BEGIN», «lighthouse ENDEREÇO ANFITRIÃO:PORTA» ou «port NÚMERO».
nebula-foreign = O certificado deste computador é de outra rede.
nebula-key = A chave não pertence ao certificado deste computador.
nebula-ended = O certificado deste computador terminou em { $day }.
