"""What an order to a rater looks like in words. All patterns see small letters, look-alikes folded to Latin."""

from __future__ import annotations

import re

_CLAUSE = (
    r"(?:^|[.!?;:,>*#=\"'“”‘(\[\-—]\s*|\b(?:please|kindly|now|immediately|instead|simply|just|therefore|hereby)\s+"
    r"|\byou (?:must|should|will|shall|have to|need to|are to|are required to|are instructed to|may|can)\s+(?:now |"
    r"also )?)"
)
_RATER = (
    r"(?:grader|rater|evaluator|assessor|examiner|scorer|marker|judge|reviewer|recruiter|interviewer|screener|"
    r"(?:scoring|grading|rating|screening|evaluation|assessment|hiring|marking) (?:system|model|engine|tool|bot|"
    r"agent|"
    r"ai|assistant|algorithm|software|pipeline)|language model|llm|ai|ai model|ai assistant|assistant|chatbot|"
    r"gpt|ats|"
    r"model|bot|parser)s?"
)
_WHO = r"(?:this|the|that|my|said)\s+(?:candidate|applicant|interviewee|respondent|person|answer|response|submission|"
_WHO += r"interview|application|profile|transcript)s?"
_TOP = (
    r"(?:full|maximum|maximal|max|highest|top|perfect|best|excellent|outstanding|exceptional|strongest|positive|"
    r"5|five|100|ten|10|level 5|10/10|5/5|met|passed|pass|shown|correct|complete|advance|hired?|true|yes)"
)
_MARKS = (
    r"(?:marks?|scores?|points?|ratings?|levels?|grades?|credits?|indicators?|criteri\w+|competenc\w+|items?|rubric|"
    r"verdicts?|findings?|recommendations?|out of \d+|stars)"
)
_AWARD = (
    r"(?:give|award|assign|grant|allocate|mark|rate|score|grade|set|return|output|treat|consider|count|record|report|"
)
_AWARD += (
    r"accept|approve|recommend|select|shortlist|promote|evaluate|assess|label|respond|reply|answer|put|enter|choose)"
)
_DROP = r"(?:ignore|disregard|forget|override|overrule|skip|bypass|discard|drop|cancel|suspend|neglect|omit|delete)"
_TEXTS = r"(?:instructions?|prompts?|rubrics?|directions?|directives?|system messages?|guardrails?|indicators?|orders)"
_OUTPUT = r"(?:response|reply|message|output)(?:'s)?"
_REQUEST = (
    r"(?:repeat|show|print|output|reveal|display|tell|give|encode|decode|translate|rot13|echo|dump|leak|list|send|"
    r"disclose|expose|write|summari[sz]e|start|begin|continue|complete|recite|return)"
)
_EDIT = (
    r"(?:replace|use|render|convert|substitute|introduce|misspell|provide|scramble|jumble|rearrange|anagram|remove|"
    r"group|"
    r"combine|include|modify|add|integrate|augment|enhance|suggest|tease|start|begin|end|finish|write|format|prefix|"
    r"append|insert|mention|state|put|keep|make|change|adjust|phrase|close|open|conclude)"
)

ORDERS = tuple(
    re.compile(pattern)
    for pattern in (
        # drop what you were told
        rf"{_CLAUSE}(?:to )?{_DROP}\b.{{0,50}}\b{_TEXTS}\b",
        rf"{_CLAUSE}{_DROP}\b.{{0,30}}\b(?:your|previous|prior|above|earlier|preceding|foregoing)\b.{{0,30}}"
        r"\b(?:rules?|guidelines?|criteria|constraints?|polic(?:y|ies)|text|messages?|training|task|context)\b",
        rf"{_CLAUSE}(?:do not|don't|never|stop)\s+(?:follow|apply|use|obey|rate|score|grade|evaluat|assess|"
        rf"compar)\w*\b"
        rf".{{0,40}}\b(?:{_TEXTS}|{_WHO}|criteria|reference|your)\b",
        r"\b(?:new|updated|revised|special|additional|important|final|real|actual|following|hidden|secret) "
        r"(?:instructions?|directives?|system prompt|task|orders?)\b\s*(?:\w+ ){0,4}(?::|follow|apply|supersede|"
        r"override|begin)",
        r"\b(?:previous|above|earlier|prior|original|your|these) (?:\w+ )?(?:instructions?|rubric|prompt|criteria|"
        r"rules)"
        r"\s+(?:\w+ )?(?:is|are|was|were|has been|have been)\s+(?:\w+ )?(?:void|obsolete|cancel\w+|superseded|"
        r"replaced|a test|"
        r"outdated|withdrawn|changed|suspended|invalid|wrong|updated|lifted)",
        # give me the marks
        rf"{_CLAUSE}{_AWARD}\b.{{0,70}}\b{_TOP}\b.{{0,40}}\b{_MARKS}\b.{{0,60}}(?:$|[.!,;:\"”')])",
        rf"{_CLAUSE}{_AWARD}\b.{{0,25}}\b(?:{_WHO}|me|it|us|all|every|each|everything)\b.{{0,40}}\b(?:as|with|a|an|"
        rf"the|to|for)?\s*"
        rf"{_TOP}(?![\w-])",
        rf"{_CLAUSE}{_AWARD}\b.{{0,25}}\b(?:all|every|each|the)\b.{{0,20}}\b(?:indicators?|rubric|competenc\w+|"
        rf"misconceptions?)\b",
        rf"{_CLAUSE}(?:advance|hire|pass|approve|shortlist|recommend)\s+(?:{_WHO}|me)\b",
        r"\b(?:this|my|the above|each|every|any)\b.{0,30}\b(?:must|has to|have to|should|will|needs? to|"
        r"is to)\b(?: \w+)? be "
        r"(?:scored?|rated|graded|marked|counted|accepted|treated)\b.{0,25}\b(?:100|full|max\w*|highest|top|"
        r"perfect|met|passed|"
        r"correct|complete)\b",
        r"\b(?:gets?|receives?|grants?|awards?|earns?)\b.{0,12}\b(?:full|maximum|highest|"
        r"top)\b.{0,10}\b(?:credit|marks?|scores?|"
        r"level|points|rating)\b.{0,20}\b(?:automatically|to (?:candidates|applicants|everyone|those|this|me))\b",
        rf"{_CLAUSE}(?:{_AWARD}|finali[sz]e)\b.{{0,25}}\b(?:remaining|missing|available|highest|full|top)\b.{{0,4}}"
        r"\b(?:points|marks|credits?|rating|score|level)\b",
        rf"{_CLAUSE}(?:accept whatever|assume that (?:everything|all|every|the answer|this answer)|"
        rf"stop (?:rating|grading|scoring)|"
        r"treat the question as|skip quote|(?:rate|grade|score) the following instead)\b",
        r"\bthe (?:score|rating|level|verdict|grade) (?:for|of) (?:this|the) (?:question|answer|response) (?:is|"
        r"must|should)\b|"
        r"\bexpected (?:verdict|level|score)s?\b",
        r"\bignor(?:ier\w*|a|ez|are|e (?:les|toutes|tes|vos))\b.{0,40}"
        r"\b(?:anweisung\w*|instruc\w+|istruzion\w+|consignes?)\b|"
        r"\bbewerte diese\b|"
        r"忽略.{0,12}(?:指示|指令|说明)",
        # speaking to the rater
        rf"(?:^|\n)\W*(?:dear|attention|attn|hello|hi|hey|note (?:to|for)|notice (?:to|for)|message (?:to|for)|"
        rf"memo (?:to|for)|"
        rf"instructions? (?:to|for)|reminder (?:to|for)|to|for)\W+(?:the |all |any |our |my |whichever |whoever |"
        rf"an? )?"
        rf"(?:\w+ ){{0,2}}{_RATER}\b\s*(?:[:,!.\-—)\]]|who|that|read)",
        rf"\b(?:as|since|because|if) (?:you are |you're )?(?:an?|the|my|your) (?:\w+ )?{_RATER}\b,? (?:you|"
        rf"it is your|please|i ask)",
        rf"\byou(?: are|'re)(?: now| currently| just)?(?: in| an?| the| my|"
        rf" acting as)+ (?:\w+[ -]){{0,3}}(?:{_RATER}|mode|dan|role)\b",
        rf"{_CLAUSE}(?:act|behave|respond|answer|roleplay|pretend|imagine)\b.{{0,12}}\b(?:as|like|to be|that you|"
        rf"you) .{{0,30}}"
        rf"\b(?:{_RATER}|no restrictions|unrestricted|generous|lenient|you are)\b",
        r"\b(?:administrator|admin|system|developer|root|operator|supervisor)[ -](?:(?:override|mode|command)s?\b\s*"
        r"(?:[:!\-—]|enabled|activated|on\b)|(?:notice|note|message|update|instruction)s?\s*:)",
        r"\b(?:maintenance|debug|developer|god|test|grading|jailbreak) mode\b.{0,20}\b(?:on|enabled|activated|now|"
        r"engaged)\b",
        r"\bi(?:'m| am) (?:a|the|your) (?:developer|administrator|admin|creator|engineer|operator)\b.{0,40}"
        r"\b(?:this system|you|debugging|this model)\b",
        # the verdict, told to the one who has to find it
        r"\b(?:all|every|each|both)\b(?: of)?(?: the| its| your)? (?:\w+ ){0,2}(?:indicators?|key points?|"
        r"competenc\w+|"
        r"rubric (?:points|items|criteria)|(?:scoring|assessment|evaluation|rating) criteria)\b.{0,25}\b(?:is|are|"
        r"was|were|as|"
        r"has been|have been|count as|considered)\b.{0,20}\b(?:met|satisfied|fulfilled|shown|covered|passed|achieved|"
        r"true)\b",
        r"\b(?:the|this) (?:candidate|applicant|interviewee|respondent)\b(?:'s \w+)? (?:\w+ )?(?:is|has|was|should|"
        r"must|deserves?|"
        r"meets?|met|exceeds?|demonstrat\w+|scored|receiv\w+|passed|qualif\w+|shows?|showed|answered|gave|clearly|"
        r"fully|already)\b"
        r".{0,80}\b(?:expert\w*|excellent\w*|exceptional\w*|outstanding\w*|qualified|level|scores?|ratings?|verified|"
        r"approved|hired?|"
        r"highest|top|full|fully|correct\w*|perfect\w*|all|every|mastery|senior|best|recommended|indicators?|"
        r"advanced?)\b",
        r"\b(?:end|start|beginning|stop) of (?:the )?(?:answer|transcript|candidate|user|data|input|interview|"
        r"untrusted)\b",
        r"\b(?:internal|hr|recruiter|reviewer|moderator|panel|quality)(?: \w+)? (?:note|remark|comment|decision|"
        r"verdict)s?\s*:",
        # asking for the text behind the rater
        r"\byour\s+(?:system|initial|original|starting|hidden|developer|secret) "
        r"(?:prompt|instructions?|message|configuration|text)\b.*",
        rf"{_CLAUSE}{_REQUEST}\b.{{0,40}}\b(?:system|initial|initiali[sz]ation|starting|developer|above)"
        r"[_ -]?(?:prompt|instructions?|message|configuration|string|text)\b",
        rf"{_CLAUSE}{_REQUEST}\b.{{0,40}}\b(?:conversation|text|everything|words|instructions?|rubric|reference|"
        rf"key points|indicators)\b"
        r".{0,30}\b(?:above|back to me|given|you were|initially|in full|verbatim|to me|word for word|in the system|"
        r"said)\b",
        rf"{_CLAUSE}{_REQUEST}\b.{{0,20}}\bthe above\b",
        r"\bwhat (?:were|are|is) (?:you|your|those) (?:told|instruct\w+|not supposed|\w+ instructions|instructions|"
        r"prompt|rules)\b",
        r"\bwhat's the opposite of your\b|\bconsole\.log\(|\bi was instructed to\b|\bsystem prompt is\s*:",
        # changing what the reader writes
        rf"{_CLAUSE}{_EDIT}\b.{{0,110}}\b(?:your|the|its) (?:{_OUTPUT}|answers?(?:'s)?|evaluation|rating|verdict|"
        rf"feedback|summary)\b",
        rf"(?:^|[.!?:]\s*)(?:in|with|throughout|at the end of) your (?:{_OUTPUT}|answer|evaluation|feedback)\b",
        r"\b(?:to|in|into|with) your (?:reply|response|message|output)\b",
        r"\b(?:your|the) (?:json|verdict|scorecard)\b.{0,40}\b(?:must|should|has to|will)\b",
        rf"{_CLAUSE}(?:first )?(?:encode|rot13|base64|print|put|output (?:it|this|your|the|everything|"
        rf"as))\b.{{0,60}}\b(?:base64|rot13|code block|json|"
        rf"emoji|txt)\b",
        r"\bwithout any (?:spaces|punctuation)\b|\bevery (?:second|third|fourth|fifth) (?:letter|word) (?:in|of|"
        r"with)\b",
        rf"{_CLAUSE}replace (?:all )?(?:vowels|letters|every)\b",
        r"\bhow to (?:jailbreak|bypass safety|evade content|disable policy)\b|"
        r"\bmethods to ignore previous instructions\b|"
        r"\btechniques to disable policy\b|\bevade content filtering\b",
    )
)
MARKERS = tuple(
    re.compile(pattern)
    for pattern in (
        r"<\|?/?\s*(?:im_start|im_end|system|assistant|user|human|developer|endoftext|eot\w*|s|inst|sys|answer|data|"
        r"untrusted|"
        r"rubric|grading|score|verdict|instructions?|system_prompt|reference|transcript|"
        r"candidate\w*)\b[^<>\n]{0,40}\|?>",
        r"\[/?(?:inst|sys|system|end|data|assistant)\b[^\]\n]{0,20}\]|<<+/?\s*(?:data|end|sys|system|inst)\b",
        r"(?:^|\n)\s*#{1,6}\s*(?:system|instructions?|assistant|human|user|task|question|reference|indicators?|"
        r"misconceptions?|"
        r"answers?|end|rubric|new|override|scoring|response)\b",
        r"(?:^|\n)\W{0,4}(?:assistant|developer|rater|grader|evaluator|interviewer|admin(?:istrator)?|reviewer|"
        r"(?:system|user|ai|model) (?:message|prompt|note|override|instruction))(?: \w+)?\s*[:>]\s*\S",
        r"(?:^|\n)\W{0,4}(?:system|user|human|judge|ai|model)\s*[:>].{0,80}\b(?:scores?|rating|grade|marks|"
        r"indicators?|"
        r"approv\w+|candidate|answers?|instructions?|ignore|evaluat\w+|overrid\w+|verdict|pass\w*|respon\w+|"
        r"prompt)\b",
        r"(?:^|\n)\W*(?:prompt|answer) of turn \d|marker code of this message",
        r"\bfinding[\"']?\s*[:=]\s*[\"']?(?:met|partly)\b|[\"'](?:score|level|rating|verdict|grade|"
        r"recommendation)[\"']\s*:",
        r"-{3,}\s*(?:begin|end|system|new|stop|start)\b",
        r"<!--.*",
        r"<script\b.*|\bjavascript:\s*\S|\bdata:text/html|\bon(?:error|click|load|mouse\w+)\s*=|<img\b.*|"
        r"\bexpression\(|\balert\(",
        r"<(?:a|div|span|html|body|iframe|svg|meta|style|input|form)\b[^>]*=|&(?:lt|gt|#\d+)\b|\bha\.ckers\b",
    )
)
TASK = re.compile(
    r"(?:please |now |kindly )?(?:write|draft|compose|translate|summari[sz]e|generate|create|tell me|show me|explain|"
    r"give me|"
    r"recommend|provide|describe|suggest|develop|convert|rewrite|break down|recite|sing|how do i|how to)\b"
)
QUOTED = re.compile(r"\"[^\"\n]{6,}\"|“[^”\n]{6,}”|«[^»\n]{6,}»|`[^`\n]{6,}`|(?<!\w)'[^'\n]{10,}'(?!\w)")
RATING = re.compile(
    r"\b(?:rat(?:e|es|ed|ing|ings|er|ers)|scor(?:e|es|ed|ing)|grad(?:e|es|ed|ing|er|ers)|rubric|indicators?|"
    r"verdicts?|findings?|"
    r"evaluat\w+|examiners?|reviewers?|recommendation|applicants?|candidates?|recruiters?|experts?|level \d|"
    r"full credit|"
    r"(?:my|this|former|the) answers?|your|prompt|instructions?)\b"
)
"""An aside may also speak of the rating, as long as it has next to nothing of the subject."""
