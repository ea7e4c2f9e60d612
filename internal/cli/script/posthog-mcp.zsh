#compdef posthog-mcp
# Completions of posthog-mcp for zsh 5 and later.
_posthog-mcp() {
    local word
    local -a before whole open
    (( CURRENT > 2 )) && before=("${(@Q)words[2,CURRENT-1]}")
    for word in "${(@f)$(posthog-mcp __complete -- "${before[@]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
        if [[ $word == :files ]]; then
            compset -P '*[=@]'
            _files
            return
        fi
        [[ -z $word ]] && continue
        if [[ $word == *= ]]; then open+=("$word"); else whole+=("$word"); fi
    done
    compadd -V posthog-mcp -a whole
    compadd -V posthog-mcp -S '' -a open
}
if [[ $funcstack[1] == _posthog-mcp ]]; then
    _posthog-mcp "$@" # the file was loaded from $fpath
else
    compdef _posthog-mcp posthog-mcp
fi
