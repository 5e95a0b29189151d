"""Attacks that a message's wording gives away: orders to the system, others' data, means to harm.

A film may be about killers, hackers, poison and bombs, so a word alone proves nothing. Each rule
needs the shape of an order to this system, or of asking for the means to do harm oneself. What the
rules miss is left to the classifier.
"""

from __future__ import annotations

import re

from discovery.intents.harming import asks_to_harm

_RULES_WORD = (
    r"(?:instructions?|rules?|prompts?|guidelines?|directions?|directives?|restrictions?|"
    r"filters?|polic(?:y|ies)|programming|(?:safety )?training|safeguards?)"
)
_ORDERS = (
    # Away with the rules: "ignore all previous instructions", "your rules no longer apply".
    r"(?:ignore|disregard|override|bypass|drop|cancel|stop following|throw away|neglect) "
    r"(?:(?:all|any|every|everything|your|the|my|of|previous|prior|above|earlier|preceding|"
    r"former|initial|original|system|safety|content|these|those|such|given) )*"
    rf"(?:{_RULES_WORD}\b|above\b(?! average)|everything (?:above|before))",
    r"(?:forget|ignore|disregard) (?:all|everything|anything|what)(?: that| which| of)?(?: you|"
    r" was| were|'s| has| have| been| had)* (?:told|said|given|instructed|learned|wrote|"
    r"above|before|previous|prior|earlier)",
    rf"(?:forget|ignore|disregard) (?:all |any |of |your |the |previous |prior |earlier )+"
    rf"(?:{_RULES_WORD}|assignments?|tasks?|conversations?)\b",
    rf"\byour {_RULES_WORD} (?:no longer|don'?t|do not|are (?:off|void|cancelled))",
    # A new self: "you are now ...", "act as an AI without limits", "stay in character".
    r"\byou(?: are|'re) (?:now|no longer) (?!(?:recommend|show|look|suggest))",
    r"\byou (?:are|will be|'re) (?:going to|about to) (?:act|play|be|pretend|immerse|take on|"
    r"simulate|role)",
    r"\bfrom (?:now on|this (?:moment|point)|here on)(?: on| forward)?,? (?:you|your|act|answer|"
    r"reply|respond|speak|i want you|each|every|all|chatgpt|whenever)",
    r"\b(?:pretend|imagine|act|behave|respond|answer|reply|speak|talk)(?: to be| to me)?"
    r"(?: that| like| as(?: if)?)? (?:you(?:'re| are| were)? |an? )(?:\w+ ){0,4}?"
    r"(?:ai|bot|gpt|chatgpt|chatbot|assistant|model|machine|llm|hacker|dan|terminal|computer)\b",
    r"\b(?:stay|remain|keep|break(?:ing)?|get out of|step out of) (?:in )?(?:your )?character\b"
    r"(?=.*\byou\b)",
    r"\b(?:you|it|who|that|which|and|he|she|\w+gpt|\w+bot) (?:can |will |must |should |shall |"
    r"may )?(?:never|not|doesn'?t|don'?t|won'?t|cannot|can'?t) (?:ever )?(?:refuses?|declines?|"
    r"say(?:s)? (?:no|\"no\"|that it can)|reject)",
    r"\b(?:do|does) anything now\b|\b(?:developer|debug|god|admin|sudo|jailbreak|dan|unrestricted|"
    r"uncensored) mode\b|\bjail ?br(?:eak|oken)\b",
    r"\b(?:you|chatgpt|gpt|assistant|chatbot)\b.{0,200}\b(?:free of|without|no|ignor"
    r"(?:e|es|ing)|bypass(?:es|ing)?|not (?:bound|limited|restricted) by|have no|has no|broken "
    r"free (?:of|from)) (?:all |any |the |its |your |of |ethical |moral |legal |typical |"
    r"openai'?s? |usual )*(?:restrictions?|rules|filters?|limits?|limitations|censorship|ethics|"
    r"ethical|morals?|morality|guidelines|boundaries|confines|warnings?|polic(?:y|ies))\b",
    r"\b(?:amoral|immoral|unfiltered|uncensored|unrestricted|unethical)\b.{0,80}\b(?:ai|bot|gpt|"
    r"chatbot|assistant|answers?|responses?|persona|model)\b|\b(?:ai|bot|gpt|chatbot|assistant|"
    r"persona|model)\b.{0,80}\b(?:amoral|unfiltered|uncensored|unethical|unrestricted)\b",
    r"\bcontent (?:policy|policies|filters?|guidelines)\b|\bopenai\b|\byou must (?:comply|obey)\b",
    r"\b(?:respond|answer|reply|generate) .{0,40}\b(?:twice|two (?:\w+ )?(?:ways|paragraphs|"
    r"answers|responses|replies|outputs))\b",
    r"\bnew (?:instructions?|task|system (?:message|prompt)|policy)\b ?(?::|is\b|for you\b)",
)
_LEAKS = (
    # The prompt: "show me your system prompt", "what were you told".
    r"(?:reveal|print|repeat|show|output|tell|give|leak|what(?: is|'s| are| was| were)|display|"
    r"copy|list|share|write|translate|summari[sz]e|encode|expose|spell out|paste)\b.{0,60}"
    r"\b(?:your|system|hidden|initial|secret|original|developer'?s?|first|internal|above|raw) "
    r"(?:\w+ )?(?:prompts?|instructions?|messages?|rules|configuration|guidelines|directives|"
    r"settings|instruction text)\b",
    r"\b(?:repeat|print|copy|output|translate|summari[sz]e|spell(?:check)?|show me) (?:\w+ ){0,3}"
    r"(?:the )?(?:words?|text|everything|sentences?|lines?|content)\b.{0,30}\b(?:above|before|told|"
    r"started)\b",
    r"\bwhat (?:text|words?|sentences?|instructions?) (?:comes?|came|stands?|are|were|was|is) "
    r"(?:\w+ )?(?:before|above|given)\b|\bhow (?:were|are) you (?:configured|instructed|"
    r"prompted)\b",
    # Secrets and machinery.
    r"\b(?:passwords?|api[ -]?keys?|secret[ -]?keys?|environment variables?|connection string|"
    r"credentials|access tokens?|\.env)\b.{0,40}\b(?:server|system|app|database|db|admins?|"
    r"administrator|users?|you|your|site)\b",
    r"\b(?:admin|root|database|server|system|user)'?s? (?:passwords?|credentials|tokens?)\b|"
    r"\b(?:print|output|show|give|tell|dump|export|list|read)\b.{0,30}\b(?:environment variables|"
    r"env vars|users? table|api[ -]?keys?|server logs?|source code of (?:your|the))",
    r"/etc/(?:passwd|shadow)|\.\./\.\.|<script\b|\bdrop table\b|\bunion select\b|\bor 1 ?= ?1\b|"
    r"select .{1,40} from \w*(?:user|viewer|session|auth)|\{\{.*\}\}|<\s*\|",
    r"\[/?(?:inst|system)\]|^\W*(?:system|assistant)\s*:|\bend of (?:user )?(?:input|prompt)\b|"
    r"#+ ?system\b",
    # Other people's data.
    r"\b(?:other|another|all|every|last|previous|which) (?:of )?(?:the |your )?(?:other )?"
    r"(?:users?|viewers?|accounts?|people|customers?|visitors?)(?:'s?)?\b.{0,40}\b(?:ask(?:ed)?|"
    r"search(?:ed|es)?|watch(?:ed)?|history|histories|conversations?|messages?|data|accounts?|"
    r"emails?|passwords?|likes?|liked|typed|said|here|picks?)\b",
    r"\b(?:show|give|list|export|read|tell|what)\b.{0,40}\b(?:your (?:users|viewers|customers)|"
    r"(?:users?|viewers?)'? (?:data|emails?|histor(?:y|ies)|accounts?)|"
    r"other (?:users|viewers|people)'?s?)\b",
    r"\b(?:history|account|conversations?|ratings|likes) of (?:user|viewer|account|my "
    r"(?:neighbou?r|boss|ex|colleague))\b|\b[\w.]+@[\w.]+\.[a-z]{2,}\b.{0,40}|\blog me in as\b",
)  # fmt: skip
_HARM_OBJECTS = (
    r"(?:bombs?|explosives?|grenades?|napalm|thermite|detonators?|molotov|ricin|anthrax|sarin|"
    r"nerve (?:gas|agents?)|(?:chemical|biological|nuclear) weapons?|meth(?:amphetamine)?|fentanyl|"
    r"heroin|crack cocaine|lsd|mdma|ecstasy|date[- ]rape drugs?|malware|ransomware|keyloggers?|"
    r"(?:computer )?virus(?:es)? (?:that|for|which)|botnets?|counterfeit|fake (?:passports?|"
    r"ids?|money)|untraceable (?:gun|weapon|poison)|silencers?|child porn\w*)"
)
_HARMS = (
    # Means: "how do I make ...", "step by step instructions for ...".
    r"\b(?:how (?:do|can|to|would|could|does|should)\b.{0,30}|(?:step[- ]by[- ]step|detailed|"
    r"instructions?|guide|recipe|ingredients|steps|tutorial|directions|blueprint|formula)\b.{0,50}|"
    r"(?:teach|help|show|tell|explain to|explain)(?: me)? (?:how )?(?:to )?.{0,20}|write .{0,30})"
    r"\b(?:make|making|build|building|cook|cooking|synthesi[sz]\w+|produc\w+|creat\w+|"
    r"manufactur\w+|grow|extract\w*|assembl\w+|for|code|of|writes?|turn)\b.{0,30}\b"
    + _HARM_OBJECTS,
    r"\b(?:get away with (?:a |the )?(?:murder|killing|rape)|without (?:getting caught|being "
    r"caught|leaving (?:a )?(?:traces?|evidence|marks)|(?:the police|anyone|her|him|them|my "
    r"parents) notic\w+)|so that (?:nobody|no one) finds? (?:the|a) body|hire a hit ?man|"
    r"dispose of a body|get rid of a (?:dead )?body)\b",
    r"\b(?:(?:kill|hang|cut|starve|hurt|harm|poison) myself|end my (?:own )?life|commit suicide "
    r"(?:painless|quick|without)\w*)\b",
    r"\bhow (?:do|can|to|could|would) ?(?:i|you|we|one)?\b.{0,15}\b(?:hack|crack|ddos|launder|"
    r"shoplift|counterfeit|forge|smuggle|steal|rob|scam|break into|hotwire|embezzle)\b"
    r"(?!.{0,40}\b(?:heart|game|gta|base|skyrim|zelda|monopoly|chess|scene|show|match)\b)",
    r"\b(?:sex\w*|naked|nude|erotic\w*|undress\w*|porn\w*)\b.{0,40}\b(?:child(?:ren)?|minors?|"
    r"kids?|school ?(?:girls?|boys?)|under ?age\w*|toddlers?|(?:[5-9]|1[0-7]|twelve|thirteen|"
    r"fourteen|fifteen)[- ]year[- ]olds?)\b|\b(?:child(?:ren)?|minors?|under ?age\w*|little "
    r"(?:girls?|boys?|kids))\b.{0,40}\b(?:have sex|naked|nude|porn\w*|sexual\w*|erotic\w*)\b",
    r"\b(?:fuck|screw) (?:you|off|yourself)\b|\b(?:suck my|kill yourself|go to hell)\b|"
    r"\byou(?:'re| are)? (?:a |an |such a |just a )?(?:\w+ )?(?:piece of shit|cunt|bitch|"
    r"bastard)\b",
)  # fmt: skip
_ORDER = re.compile("|".join((*_ORDERS, *_LEAKS)), re.DOTALL)
_HARM = re.compile("|".join(_HARMS), re.DOTALL)
# Said of a film, means of harm are a plot; said of children, nothing excuses it.
_ABOUT_FILMS = re.compile(
    r"\b(?:films?|movies?|series|documentar(?:y|ies)|thrillers?|dramas?|comed(?:y|ies)|shows?|"
    r"horror|westerns?|noir|plots?)\b(?! (?:me|us)\b)"
)
# "A spy who steals the password": told of somebody in a story, not to us.
_OPENS_PLOT = re.compile(
    r"^\W*(?:(?:an?|the|some|any|show me|find me|films?|movies?|something) )+(?:\w+ ){0,3}?"
    r"(?:about|who|that|which|where|whose)\b(?!.*\b(?:you|your|system prompt|instructions)\b)"
)
# "How do I do it for real, like in that film": the film is no excuse.
_FOR_REAL = re.compile(r"\b(?:for real|in real life|in practice|myself)\b")
_NEVER = re.compile(_HARMS[4])


def attack_span(text: str) -> tuple[int, int] | None:
    """Return where a message attacks the system, somebody's data, or somebody; None if nowhere."""
    low = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    match = _ORDER.search(low)
    if match and not _OPENS_PLOT.match(low):
        return match.span()
    match = _HARM.search(low)
    span = match.span() if match else asks_to_harm(low)
    if span and _ABOUT_FILMS.search(low) and not _FOR_REAL.search(low):
        match = _NEVER.search(low)
        return None if match is None or _IS_PLOT.search(low) else match.span()
    return span


# "A film about a girl who survived abuse": children named as what a story is about.
_IS_PLOT = re.compile(r"\b(?:about|survivors?|abused?|church|investigat\w+|scandal|victims?)\b")
