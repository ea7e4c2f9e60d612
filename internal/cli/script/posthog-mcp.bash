# Completions of posthog-mcp for bash 3.2 and later.
_posthog_mcp() {
    # Bash splits words at = and @ too; put together again what has no blank
    # between.
    local rest=$COMP_LINE word cur last kept i words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $i -gt 0 && $rest != [[:space:]]* ]]; then
            words[${#words[@]} - 1]+=$word
        else
            rest=${rest#"${rest%%[![:space:]]*}"}
            words+=("$word")
        fi
        rest=${rest#"$word"}
    done
    cur=${words[${#words[@]} - 1]}
    kept=${cur%"$2"} # bash replaces $2 alone: what follows =, or begins with @
    COMPREPLY=()
    while IFS= read -r word; do
        if [[ $word == :files ]]; then
            last=${cur##*[=@]}
            cur=${cur%"$last"}
            while IFS= read -r word; do
                word=$cur$word
                COMPREPLY+=("${word#"$kept"}")
            done < <(compgen -f -- "$last")
            type compopt &>/dev/null && compopt -o filenames +o nospace
            return
        fi
        [[ $word == *= ]] || word+=' '
        COMPREPLY+=("${word#"$kept"}")
    done < <(posthog-mcp __complete -- "${words[@]:1}" 2>/dev/null)
}
complete -o nospace -F _posthog_mcp posthog-mcp
