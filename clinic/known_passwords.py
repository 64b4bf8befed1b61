"""What is guessed first. Digits and signs at the end and in the place of letters are taken off before looking here."""

KNOWN = frozenset(
    """
    abcd abcdef abcdefgh access account admin administrator amsterdam andrew anthony apollo appointment arsenal asdf
    asdfgh asdfghjkl ashley austin autumn badminton baseball basketball batman bharat bismillah butterfly changeit
    changeme charlie cheese chelsea chocolate christian clinic clinicadmin computer cookie cricket daniel default
    demo demo-password dentist diamond doctor doctors donald dragon dragonball elephant everton facebook family flower
    football freedom frontdesk ganesh ginger google guest hannah harley hello helloworld hockey hospital hunter
    iloveyou iloveyousomuch india internet jasmine jennifer jessica jordan joshua killer krishna letmein
    letmeinplease liverpool login london lovely loveyou manager manchester master matthew medical michael michelle
    minecraft monday monkey mother mumbai mustang mypassword naruto nicole ninja nothing nurse opdesk orange
    passw passwd password passwordpassword passwort patient patrick pepper pikachu pokemon princess purple qazwsx
    qazwsxedc qwer qwerty qwertyqwerty qwertyui qwertyuiop raspberry reception receptionist robert samsung secret
    secretsecret shadow sharma starwars summer summertime sunday sunflower sunshine superman superstar temp temporary
    test testing testtest thisisapassword thisismypassword thomas tigger trustno unknown username welcome
    welcometoindia whatever whatsapp william winter yellow zaq zxcvbn zxcvbnm
    correcthorsebatterystaple
    """.split()  # noqa: SIM905 -- a list of words is read, not parsed
)

# Keys in a row, on keyboards and in alphabets; a password that lies within one, either way, is guessed first.
RUNS = (
    "0123456789" * 3,
    "1234567890" * 3,
    "abcdefghijklmnopqrstuvwxyz" * 2,
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertzuiopasdfghjklyxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "qazwsxedcrfvtgbyhnujmikolp",
)
