### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read on the node's page after set-up, in Portuguese.

page-log-in = Entrar
page-log-in-says = Esta é a página de { $name }. O administrador pode entrar aqui.
page-password = Palavra-passe do administrador
page-password-wrong = Esta não é a palavra-passe.
page-wait = Foram escritas demasiadas palavras-passe erradas. Tente de novo daqui a { $seconds } segundos.
page-stranger = Este formulário era demasiado antigo ou veio de outro lugar. Nada foi alterado.
page-log-out = Sair
page-open = Abrir a página

certificate-link = O navegador avisa? Instale o certificado deste computador.
certificate-title = Certificado deste computador
certificate-says = Os navegadores avisam porque ainda ninguém responde por este computador. Com o certificado no telefone ou no computador, deixam de avisar. Responde por { $name } e por endereços da sua própria rede, e por mais nada.
certificate-how = Descarregue o ficheiro e abra-o. No Android, instale-o nas definições, em segurança, como certificado CA. Num iPhone, ative-o também: Geral, Informações, Confiança nos certificados.
certificate-compare = Alguém pelo meio poderia trocá-lo: faça isto numa rede de confiança. A impressão digital (SHA-256):
certificate-action = Descarregar o certificado

page-release = A versão { $version } está a funcionar, na posição { $slot }.
page-release-alone = A versão { $version } está a funcionar.
page-room = Espaço para dados: { $free } livres de { $of }.
page-mesh = Endereço entre os computadores por perto: { $address }
page-mesh-none = Este computador não está agora ligado a outros.
page-solar-none = Não se ouve nenhum dispositivo solar nem bateria.

events-title = O que aconteceu
events-none = Ainda nada.
event-installed = A versão { $version } foi instalada.
event-failed = A versão { $version } não pôde ser instalada: { $why }
event-refused = Uma atualização foi recusada: { $why }
event-trial = A versão { $version } foi iniciada à experiência.
event-given-back = A versão { $version } perdeu um arranque com a energia. Esse não conta.
event-good = A versão { $version } funciona e fica.
event-bad = A versão { $version } foi considerada má: { $why }
event-rolled-back = A versão { $version } funciona de novo: { $why }
event-chosen = A versão { $version } foi escolhida para o próximo arranque.
event-pinned = Este computador mantém-se na versão { $version }.
event-unpinned = Este computador já não se mantém numa só versão.
event-restarted = Este computador reiniciou com a versão { $version }.
event-other = Aconteceu algo para que esta versão não tem palavras.

keys-none = Não há nenhuma.
keys-many = Já há { $most } chaves. Remova primeiro uma.
key-label = Chave pública
key-add = Acrescentar
key-remove = Remover

report-title = Relatório de assistência
report-says = Um ficheiro para quem o ajuda. Não tem nomes, palavras-passe, endereços nem números de série.
report-action = Descarregar o relatório
