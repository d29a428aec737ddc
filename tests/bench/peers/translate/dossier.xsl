<?xml version="1.0" encoding="UTF-8"?>
<!-- candidate-to-dossier in XSLT: the same fields and omissions, without the checks. A code list is one text, searched for
     ";code=", which libxslt does faster than choosing among elements. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:c="https://ketenpoort.example/ns/candidate/1"
                xmlns:k="http://inburgering.be/types/V02" exclude-result-prefixes="c">
  <xsl:output method="xml" encoding="UTF-8"/>
  <xsl:strip-space elements="*"/>
  <xsl:param name="transfer"/>
  <xsl:variable name="genders">;Male=1;Female=2;NotSpecified=9;Unknown=0;</xsl:variable>
  <xsl:variable name="levels">;0=Geen diploma;1=Lager onderwijs;2=Lager secundair onderwijs;3=Hoger secundair onderwijs;4=Postsecundair niet-hoger onderwijs;5=Graduaat;6=Bachelor;7=Master;8=Doctoraat;9=Onbekend;</xsl:variable>
  <xsl:variable name="statuses">;REGISTERED=Verzoeker om internationale bescherming;LODGED=Verzoeker om internationale bescherming;DUBLIN=Verzoeker om internationale bescherming;CGRS_PENDING=Verzoeker om internationale bescherming;CGRS_REFUSED=Verzoeker om internationale bescherming;APPEAL_CALL=Verzoeker om internationale bescherming;REFUGEE=Erkend vluchteling;SUBSIDIARY=Subsidiair beschermde;REFUSED_FINAL=Verzoeker om internationale bescherming;RESETTLED=Hervestigd vluchteling;TEMPORARY_PROTECTION=Tijdelijk beschermde;</xsl:variable>
  <xsl:variable name="scales">;A1=BEPERKT;A2=BEPERKT;B1=VOLDOENDE;B2=GOED;C1=GOED;C2=GOED;</xsl:variable>
  <xsl:variable name="literacy">;GOOD=GEALFABETISEERD;BASIC=BEPERKT_GEALFABETISEERD;NONE=NIET_GEALFABETISEERD;</xsl:variable>
  <xsl:variable name="languages">;ara=ARA;arb=ARA;apc=ARA;acm=ARA;ary=ARA;arz=ARA;apd=ARA;sqi=ALB;als=ALB;aln=ALB;hbs=SH;hrv=SH;srp=SH;bos=SH;cnr=SH;eng=ENG;por=POR;fra=FRE;nld=DUT;deu=GER;spa=SPA;ita=ITA;rus=RUS;ukr=UKR;bel=BEL;pol=POL;ron=RUM;bul=BUL;mkd=MAC;ell=GRE;tur=TUR;fas=PER;pes=PER;prs=PER;pus=PUS;pbt=PUS;kur=KUR;kmr=KUR;ckb=KUR;tir=TIR;amh=AMH;orm=ORM;som=SOM;swa=SWA;swh=SWA;run=RUN;kin=KIN;lin=LIN;lua=LUA;kon=KON;kat=GEO;hye=ARM;aze=AZE;uzb=UZB;tgk=TGK;kaz=KAZ;che=CHE;urd=URD;pan=PAN;hin=HIN;ben=BEN;nep=NEP;tam=TAM;sin=SIN;bod=TIB;zho=CHI;cmn=CHI;vie=VIE;tha=THA;hat=HAT;ful=FUL;wol=WOL;hau=HAU;ibo=IBO;yor=YOR;man=MAN;bam=BAM;rom=ROM;heb=HEB;</xsl:variable>

  <xsl:template match="/c:Candidate">
    <xsl:variable name="person" select="c:CandidatePerson"/>
    <xsl:variable name="reception" select="c:ReceptionExtension"/>
    <xsl:variable name="languagesKnown" select="c:CandidateProfile/c:PersonQualifications/c:PersonCompetency[c:TaxonomyID = 'language']"/>
    <k:KBIDossier>
      <Personalia>
        <INSZ><xsl:value-of select="$person/c:PersonLegalID"/></INSZ>
        <Naam>
          <Achternamen><Achternaam><xsl:value-of select="$person/c:PersonName/c:FamilyName"/></Achternaam></Achternamen>
          <xsl:if test="$person/c:PersonName/c:GivenName">
            <Voornamen><xsl:for-each select="$person/c:PersonName/c:GivenName"><Voornaam><xsl:value-of select="."/></Voornaam></xsl:for-each></Voornamen>
          </xsl:if>
        </Naam>
        <xsl:if test="$person/c:BirthDate"><Geboortedatum><xsl:value-of select="$person/c:BirthDate"/></Geboortedatum></xsl:if>
        <xsl:if test="$person/c:GenderCode"><Geslacht><Code><xsl:value-of select="substring-before(substring-after($genders, concat(';', $person/c:GenderCode, '=')), ';')"/></Code></Geslacht></xsl:if>
        <xsl:for-each select="$person/c:Communication[c:ChannelCode = 'Telephone'][1]/c:DialNumber">
          <TelefoonNummers><TelefoonNummer><xsl:value-of select="translate(., ' ./-()', '')"/></TelefoonNummer></TelefoonNummers>
        </xsl:for-each>
        <xsl:for-each select="$person/c:Communication[c:ChannelCode = 'Email'][1]/c:URI">
          <Emails><Email><xsl:value-of select="."/></Email></Emails>
        </xsl:for-each>
      </Personalia>
      <xsl:if test="$reception/c:Screening/c:SchoolYears or $reception/c:Screening/c:HighestLevel or $reception/c:Procedure/c:Status">
        <KlantProfiel>
          <xsl:for-each select="$reception/c:Screening/c:SchoolYears"><TotaalAantalJarenScholing><xsl:value-of select="."/></TotaalAantalJarenScholing></xsl:for-each>
          <xsl:for-each select="$reception/c:Screening/c:HighestLevel"><HoogstBehaaldDiploma><xsl:value-of select="substring-before(substring-after($levels, concat(';', ., '=')), ';')"/></HoogstBehaaldDiploma></xsl:for-each>
          <xsl:for-each select="$reception/c:Procedure/c:Status"><SpecifiekeKlantenGroep><xsl:value-of select="substring-before(substring-after($statuses, concat(';', ., '=')), ';')"/></SpecifiekeKlantenGroep></xsl:for-each>
        </KlantProfiel>
      </xsl:if>
      <ToeleidingenPartner>
        <ToeleidingPartner>
          <ExterneID><xsl:value-of select="$transfer"/></ExterneID>
          <xsl:if test="$reception/c:Centre/c:Name or $reception/c:Centre/c:MunicipalityNis">
            <Van>
              <xsl:for-each select="$reception/c:Centre/c:Name"><Naam><xsl:value-of select="."/></Naam></xsl:for-each>
              <xsl:for-each select="$reception/c:Centre/c:MunicipalityNis"><Adres><Gemeente><NISCode><xsl:value-of select="."/></NISCode></Gemeente></Adres></xsl:for-each>
            </Van>
          </xsl:if>
          <Naar><KboNummer>0543307391</KboNummer></Naar>
        </ToeleidingPartner>
      </ToeleidingenPartner>
      <xsl:if test="$languagesKnown or $reception/c:Screening/c:LatinScript">
        <Talenkennis>
          <xsl:if test="$languagesKnown">
            <Talen><xsl:for-each select="$languagesKnown"><xsl:call-template name="language"/></xsl:for-each></Talen>
          </xsl:if>
          <xsl:for-each select="$reception/c:Screening/c:LatinScript"><Alfabetiseringsgraad><LatijnsSchrift><xsl:value-of select="substring-before(substring-after($literacy, concat(';', ., '=')), ';')"/></LatijnsSchrift></Alfabetiseringsgraad></xsl:for-each>
        </Talenkennis>
      </xsl:if>
    </k:KBIDossier>
  </xsl:template>

  <xsl:template name="language">
    <xsl:variable name="code" select="substring-before(substring-after($languages, concat(';', translate(c:CompetencyID, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'), '=')), ';')"/>
    <Taal>
      <Code><xsl:choose><xsl:when test="$code"><xsl:value-of select="$code"/></xsl:when><xsl:otherwise>ANDERE</xsl:otherwise></xsl:choose></Code>
      <xsl:choose>
        <xsl:when test="c:NativeIndicator = 'true'"><KennisNiveau>MOEDERTAAL</KennisNiveau></xsl:when>
        <xsl:otherwise>
          <xsl:for-each select="c:CompetencyDimension[c:CompetencyDimensionTypeCode = 'CEF-Speaking-Interaction'][1]/c:Score"><KennisNiveau><xsl:value-of select="substring-before(substring-after($scales, concat(';', ., '=')), ';')"/></KennisNiveau></xsl:for-each>
        </xsl:otherwise>
      </xsl:choose>
    </Taal>
  </xsl:template>
</xsl:stylesheet>
